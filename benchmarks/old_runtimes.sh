#!/usr/bin/env bash
# Makes environments with old TensorFlow Lite runtimes for old_runtimes.py.
#
#   benchmarks/old_runtimes.sh FOLDER
#
# tflite-2.14 needs Python 3.11. tflite-2.7 needs Python 3.9, which is taken
# from Debian 11 where `debootstrap` is installed (x86-64; about 300 MB, no
# root rights: packages are unpacked, nothing is installed or entered).
set -euo pipefail

folder=$(realpath "${1:?"usage: $0 FOLDER"}")
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
mkdir -p "$folder"

make_2_14() {
    python3.11 -m venv "$folder/tflite-2.14"
    "$folder/tflite-2.14/bin/python" -m pip install --quiet \
        "tflite-runtime==2.14.0" "numpy<2"
}

make_2_7() {
    local root=$folder/debian-11 site=$folder/site-2.7
    debootstrap --foreign --arch=amd64 --variant=minbase \
        --include=python3,python3-numpy bullseye "$root" "$mirror"
    local package
    for package in "$root"/var/cache/apt/archives/*.deb; do
        dpkg -x "$package" "$root"
    done
    mkdir -p "$site" "$folder/tflite-2.7/bin"
    python3.11 -m pip download --quiet --no-deps --dest "$site" \
        --only-binary=:all: --python-version 39 \
        --platform manylinux2014_x86_64 "tflite-runtime==2.7.0"
    python3.11 -m zipfile -e "$site"/tflite_runtime-*.whl "$site"
    cat >"$folder/tflite-2.7/bin/python" <<EOF
#!/usr/bin/env bash
libraries=$root/lib/x86_64-linux-gnu
more=$root/usr/lib/x86_64-linux-gnu
export PYTHONHOME=$root/usr
export PYTHONPATH=$(echo "$site"/*.data/purelib):$root/usr/lib/python3/dist-packages
exec "\$libraries/ld-linux-x86-64.so.2" \\
    --library-path "\$libraries:\$more:\$more/blas:\$more/lapack" \\
    "$root/usr/bin/python3.9" "\$@"
EOF
    chmod +x "$folder/tflite-2.7/bin/python"
}

make_2_14
if command -v debootstrap >/dev/null; then
    make_2_7
else
    echo "tflite-2.7 was left out: install debootstrap."
fi
for environment in "$folder"/tflite-*; do
    "$environment/bin/python" -c "import tflite_runtime.interpreter"
    echo "$environment is ready"
done
