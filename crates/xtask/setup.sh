#!/bin/sh
# Installs what Stadtwin needs to build and to draw without a graphics card, or says exactly what to install.
# Needed beforehand: a Rust toolchain (https://rustup.rs) and a C/C++ compiler.
set -eu

missing=""
note() { printf 'setup: %s\n' "$*" >&2; }
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }

if ! command -v cargo >/dev/null 2>&1; then
    note "no Rust toolchain found. Install rustup from https://rustup.rs, open a new shell, and run this again."
    exit 2
fi

# cmake and the sqlite3 program build PROJ (coordinate systems) from source; the compilers build PROJ and SQLite.
need cc gcc
need c++ g++
need cmake cmake
need sqlite3 sqlite3

# Vulkan: the loader, and Mesa's software driver where there is no graphics card.
has_loader=no
for folder in /usr/lib /usr/lib64 /usr/lib/*-linux-gnu /usr/local/lib; do
    [ -e "$folder/libvulkan.so.1" ] && has_loader=yes
done
has_driver=no
for folder in /usr/share/vulkan/icd.d /etc/vulkan/icd.d /usr/local/share/vulkan/icd.d; do
    ls "$folder"/*.json >/dev/null 2>&1 && has_driver=yes
done
case "$(uname -s)" in
    Linux)
        [ "$has_loader" = yes ] || missing="$missing libvulkan1"
        [ "$has_driver" = yes ] || missing="$missing mesa-vulkan-drivers"
        ;;
esac

[ -n "$missing" ] || { note "everything is there"; exit 0; }

if command -v apt-get >/dev/null 2>&1; then
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null 2>&1; then
            as_root=sudo
        else
            note "please let an administrator run: apt-get install$missing"
            exit 2
        fi
    fi
    note "installing$missing"
    # shellcheck disable=SC2086 # the list is meant to be split into words
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi

note "missing (Debian names):$missing"
note "Fedora:  dnf install gcc gcc-c++ cmake sqlite vulkan-loader mesa-vulkan-drivers"
note "Arch:    pacman -S gcc cmake sqlite vulkan-icd-loader vulkan-swrast"
note "macOS:   xcode-select --install; brew install cmake sqlite (Metal needs nothing)"
note "Windows: Visual Studio Build Tools with C++, cmake and sqlite3 on the PATH (DirectX 12 needs nothing)"
exit 2
