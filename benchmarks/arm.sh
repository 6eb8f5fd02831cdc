#!/usr/bin/env bash
# Runs exported files on emulated ARM processors and compares predictions.
#
#   PYTHON=.venv/bin/python benchmarks/arm.sh FOLDER
#
# Puts QEMU, Python of Debian 12 for aarch64 and armv7 and the runtimes into
# FOLDER (600 MB), unless they are there, and runs arm.py. Needs Debian on
# x86-64 and no root rights: packages are unpacked, nothing is installed.
set -euo pipefail

mkdir -p "${1:?"usage: $0 FOLDER"}"
folder=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
source "$here/debian_packages.sh"
python=${PYTHON:-python3}
# What is being made has this name, and gets its own when it is whole.
partial=$folder/partial

# ARCHITECTURE SUITE PACKAGE...: what `once` makes of Debian.
unpack() {
    unpack_debian "$partial" "$@"
}

make_site() {
    local wheel platform=$1
    shift
    "$python" -m pip download --quiet --no-deps --dest "$partial" \
        --only-binary=:all: --python-version 311 \
        --platform "manylinux_2_27_$platform" \
        --platform "manylinux_2_34_$platform" "$@"
    for wheel in "$partial"/*.whl; do
        "$python" -m zipfile -e "$wheel" "$partial"
        rm "$wheel"
    done
}

# Makes a folder by a function, unless it is there.
once() {
    local target=$folder/$1
    shift
    if [ ! -e "$target" ]; then
        rm -rf "$partial"
        mkdir -p "$partial" "$(dirname "$target")"
        "$@"
        mv "$partial" "$target"
    fi
}

# ARCHITECTURE RUNTIME EMULATOR PROCESSOR LIBRARIES: a Python of that kind.
make_launcher() {
    local root=$folder/$1/root site=$folder/$1/$2/site
    local libraries=$folder/$1/root/usr/lib/$5
    cat >"$folder/$1/$2/python" <<END
#!/usr/bin/env bash
exec "$folder/qemu/usr/bin/$3" -cpu $4 -L "$root" \\
    -E "LD_LIBRARY_PATH=$libraries/blas:$libraries/lapack" \\
    -E "PYTHONPATH=$site" "$root/usr/bin/python3.11" "\$@"
END
    chmod +x "$folder/$1/$2/python"
}

# LiteRT crashes in QEMU 7.2, which Debian 12 has; its backports have QEMU 10.
once qemu unpack amd64 bookworm-backports qemu-user
once aarch64/root unpack arm64 bookworm python3 python3-numpy libstdc++6
once armv7/root unpack armhf bookworm python3 python3-numpy libstdc++6
once aarch64/litert/site make_site aarch64 "ai-edge-litert==2.3.0" flatbuffers
once aarch64/tflite-2.14/site make_site aarch64 "tflite-runtime==2.14.0"
once armv7/tflite-2.14/site make_site armv7l "tflite-runtime==2.14.0"
make_launcher aarch64 litert qemu-aarch64 cortex-a76 aarch64-linux-gnu
make_launcher aarch64 tflite-2.14 qemu-aarch64 cortex-a76 aarch64-linux-gnu
make_launcher armv7 tflite-2.14 qemu-arm cortex-a15 arm-linux-gnueabihf
"$python" "$here/arm.py" "$folder"
