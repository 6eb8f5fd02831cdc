"""Trains networks of few bits, as papers did, and exports them.

One experiment trains once for each seed and writes what came out after each,
so a run that was stopped goes on where it was. The last line says whether the
means over the seeds lie within what is demanded.

    python benchmarks/low_bit.py --experiment=bnn --seeds=3

Then the networks are exported, and the classes of the files on all test
images are compared with those of the networks. With --nofiles that is left to
a later run, on a machine that has nothing else to do.
"""

from absl import app
from experiments import run
from low_bit import EXPERIMENTS

if __name__ == "__main__":
    app.run(lambda _: run(EXPERIMENTS, "low_bit"))
