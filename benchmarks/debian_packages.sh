# Unpacks Debian packages without root rights; arm.sh and old_runtimes.sh
# source it.

debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
debian_mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

# FOLDER ARCHITECTURE SUITE PACKAGE...: packages and what they depend on. They
# are unpacked, not installed: none of their scripts is run.
unpack_debian() {
    local folder=$1 architecture=$2 suite=$3 apt=$1/apt package
    shift 3
    mkdir -p "$apt"/{state/lists,cache/archives}/partial
    echo "deb [signed-by=$debian_keyring] $debian_mirror $suite main" \
        >"$apt/sources.list"
    touch "$apt/status"
    local options=(
        -qq -o "APT::Architecture=$architecture"
        -o "APT::Architectures=$architecture"
        -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status"
        -o "Dir::Cache=$apt/cache" -o "Dir::Etc::SourceList=$apt/sources.list"
        -o Dir::Etc::SourceParts=- -o APT::Sandbox::User=root
    )
    apt-get "${options[@]}" update
    apt-get "${options[@]}" --yes --no-install-recommends --download-only \
        install "$@"
    for package in "$apt"/cache/archives/*.deb; do
        dpkg -x "$package" "$folder"
    done
    rm -r "$apt"
}
