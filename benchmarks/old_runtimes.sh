#!/usr/bin/env bash
# Makes environments with old TensorFlow Lite runtimes.
#
#   benchmarks/old_runtimes.sh FOLDER
#   benchmarks/old_runtimes.sh FOLDER tflite-2.11 tensorflow-2.18
#
# Without names, those that old_runtimes.py needs: tflite-2.7 and tflite-2.14.
# tflite-2.7 to tflite-2.13 need Python 3.9, which is taken from Debian 11
# where there is `apt-get` (x86-64; about 200 MB). No root rights are needed:
# packages are unpacked, nothing is installed or entered. The others need
# Python 3.11; tensorflow-2.15 and newer, about 1 GB each, hold the runtime of
# TensorFlow itself. What is there already stays.
set -euo pipefail

mkdir -p "${1:?"usage: $0 FOLDER [NAME ...]"}"
folder=$(realpath "$1")
shift
source "$(dirname "$(realpath "$0")")/debian_packages.sh"

# The release of each environment.
declare -A releases=(
    [tflite-2.7]=2.7.0 [tflite-2.8]=2.8.0 [tflite-2.9]=2.9.1
    [tflite-2.10]=2.10.0 [tflite-2.11]=2.11.0 [tflite-2.12]=2.12.0
    [tflite-2.13]=2.13.0 [tflite-2.14]=2.14.0 [tensorflow-2.15]=2.15.1
    [tensorflow-2.16]=2.16.2 [tensorflow-2.17]=2.17.1
    [tensorflow-2.18]=2.18.1 [tensorflow-2.19]=2.19.1
    [tensorflow-2.20]=2.20.0
)

# NAME REQUIREMENT...: an environment of Python 3.11.
make_environment() {
    python3.11 -m venv "$folder/$1"
    "$folder/$1/bin/python" -m pip install --quiet "${@:2}"
}

# NAME: TensorFlow's interpreter under the name of the small package.
make_tensorflow() {
    make_environment "$1" "tensorflow-cpu==${releases[$1]}"
    local site
    site=$(echo "$folder/$1"/lib/python3*/site-packages)
    mkdir -p "$site/tflite_runtime"
    touch "$site/tflite_runtime/__init__.py"
    echo "from tensorflow.lite.python.interpreter import Interpreter" \
        >"$site/tflite_runtime/interpreter.py"
}

# NAME: a runtime for Python 3.9, and a `python` that finds it.
make_on_debian() {
    local root=$folder/debian-11 site=$folder/site-${1#tflite-}
    [ -d "$root" ] || unpack_debian "$root" amd64 bullseye python3
    mkdir -p "$site" "$folder/$1/bin"
    # From 2.13 on the runtime refuses the NumPy of Debian 11.
    python3.11 -m pip download --quiet --no-deps --dest "$site" \
        --only-binary=:all: --python-version 39 \
        --platform manylinux2014_x86_64 \
        "tflite-runtime==${releases[$1]}" "numpy==1.23.5"
    local wheel
    for wheel in "$site"/*.whl; do
        python3.11 -m zipfile -e "$wheel" "$site"
    done
    cat >"$folder/$1/bin/python" <<END
#!/usr/bin/env bash
libraries=$root/lib/x86_64-linux-gnu
more=$root/usr/lib/x86_64-linux-gnu
export PYTHONHOME=$root/usr
export PYTHONPATH=$(find "$site" -path "*/purelib" -printf "%p:")$site
exec "\$libraries/ld-linux-x86-64.so.2" \\
    --library-path "\$libraries:\$more" \\
    "$root/usr/bin/python3.9" "\$@"
END
    chmod +x "$folder/$1/bin/python"
}

make() {
    case $1 in
    tensorflow-*) make_tensorflow "$1" ;;
    tflite-2.14) make_environment "$1" "tflite-runtime==2.14.0" "numpy<2" ;;
    *)
        if command -v apt-get >/dev/null; then
            make_on_debian "$1"
        else
            echo "$1 was left out: it needs apt-get and dpkg."
            return
        fi
        ;;
    esac
}

[ $# -gt 0 ] || set -- tflite-2.7 tflite-2.14
for name in "$@"; do
    if [ -z "${releases[$name]:-}" ]; then
        echo "Unknown runtime $name. Expected one of: ${!releases[*]}." >&2
        exit 2
    fi
    loads=("$folder/$name/bin/python" -c "import tflite_runtime.interpreter")
    "${loads[@]}" 2>/dev/null || make "$name"
    if [ -d "$folder/$name" ]; then
        "${loads[@]}"
        echo "$folder/$name is ready"
    fi
done
