"""Trains models sparse, as papers did, and holds the figures against theirs.

One experiment trains once for each seed and writes what came out after each,
so a run that was stopped goes on where it was. The last line says whether the
means over the seeds lie within what is demanded. To add one, write a file in
`benchmarks/trained_sparsity/` and import it there.

    python benchmarks/trained_sparsity.py --experiment=l0_mlp --seeds=3

Settings are tuned on images that are taken off the train split, with the test
split out of sight; nothing is written then:

    python benchmarks/trained_sparsity.py --experiment=l0_mlp --seeds=1 \
        --validation=5000 --settings='{"strength": 0.05}'

The networks that come out are timed at the end, in turns. With --nofiles that
is left to a later run, on a machine that has nothing else to do.
"""

from absl import app
from experiments import run
from trained_sparsity import EXPERIMENTS

if __name__ == "__main__":
    app.run(lambda _: run(EXPERIMENTS, "trained_sparsity"))
