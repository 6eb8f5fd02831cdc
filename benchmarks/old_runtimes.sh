#!/usr/bin/env bash
# Makes environments with old TensorFlow Lite runtimes for old_runtimes.py.
#
#   benchmarks/old_runtimes.sh FOLDER
#
# tflite-2.14 needs Python 3.11. tflite-2.7 needs Python 3.9, which is taken
# from Debian 11 where there is `apt-get` (x86-64; about 200 MB). No root
# rights are needed: packages are unpacked, nothing is installed or entered.
# What is there already stays.
set -euo pipefail

mkdir -p "${1:?"usage: $0 FOLDER"}"
folder=$(realpath "$1")
source "$(dirname "$(realpath "$0")")/debian_packages.sh"

make_2_14() {
    python3.11 -m venv "$folder/tflite-2.14"
    "$folder/tflite-2.14/bin/python" -m pip install --quiet \
        "tflite-runtime==2.14.0" "numpy<2"
}

make_2_7() {
    local root=$folder/debian-11 site=$folder/site-2.7
    unpack_debian "$root" amd64 bullseye python3 python3-numpy
    mkdir -p "$site" "$folder/tflite-2.7/bin"
    python3.11 -m pip download --quiet --no-deps --dest "$site" \
        --only-binary=:all: --python-version 39 \
        --platform manylinux2014_x86_64 "tflite-runtime==2.7.0"
    python3.11 -m zipfile -e "$site"/tflite_runtime-*.whl "$site"
    cat >"$folder/tflite-2.7/bin/python" <<END
#!/usr/bin/env bash
libraries=$root/lib/x86_64-linux-gnu
more=$root/usr/lib/x86_64-linux-gnu
export PYTHONHOME=$root/usr
export PYTHONPATH=$(echo "$site"/*.data/purelib):$root/usr/lib/python3/dist-packages
exec "\$libraries/ld-linux-x86-64.so.2" \\
    --library-path "\$libraries:\$more:\$more/blas:\$more/lapack" \\
    "$root/usr/bin/python3.9" "\$@"
END
    chmod +x "$folder/tflite-2.7/bin/python"
}

# NAME FUNCTION: makes an environment unless it is there and works.
once() {
    if ! "$folder/$1/bin/python" -c "import tflite_runtime" 2>/dev/null; then
        "$2"
    fi
}

once tflite-2.14 make_2_14
if command -v apt-get >/dev/null; then
    once tflite-2.7 make_2_7
else
    echo "tflite-2.7 was left out: it needs apt-get and dpkg."
fi
for environment in "$folder"/tflite-*; do
    "$environment/bin/python" -c "import tflite_runtime.interpreter"
    echo "$environment is ready"
done
