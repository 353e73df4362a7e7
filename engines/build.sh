#!/usr/bin/env bash
# Build one pinned engine from source: engines/build.sh MODULE PACKAGE BINARY FOLDER
# MODULE is a folder beside this file whose go.mod and go.sum pin every source file by hash. Nothing prebuilt is fetched,
# a newer Go toolchain neither (GOTOOLCHAIN=local). A binary built from the same pins is left as it is.
set -euo pipefail

module="$(cd "$(dirname "$0")" && pwd)/$1" package=$2 binary=$3 folder=$4
pins="$(cat "$module/go.mod" "$module/go.sum" | sha256sum | cut -d ' ' -f 1)"
mkdir -p "$folder"

# One build at a time, also between several checkouts: two would only take each other's processors.
exec 9>"$folder/.lock"
flock 9

if test -x "$folder/$binary" && test "$(cat "$folder/$binary.pins" 2>/dev/null)" = "$pins"; then
    echo "$folder/$binary is already built from these pins"
    exit 0
fi

needed="$(awk '$1 == "go" { print $2 }' "$module/go.mod")"
if ! command -v go >/dev/null; then
    echo "$binary is built from source and needs the Go toolchain, $needed or later; there is no go on the PATH" >&2
    exit 2
fi
found="$(GOTOOLCHAIN=local go env GOVERSION)"
if test "$(printf '%s\n' "$needed" "${found#go}" | sort -V | head -n 1)" != "$needed"; then
    echo "$binary needs the Go toolchain $needed or later; found ${found#go}" >&2
    exit 2
fi

echo "building $package into $folder (several minutes the first time)"
started=$SECONDS
cd "$module"
GOTOOLCHAIN=local GOWORK=off nice -n 10 go build -p 2 -mod=readonly -trimpath -ldflags '-s -w' -o "$folder/.$binary.new" "$package"
mv "$folder/.$binary.new" "$folder/$binary"
echo "$pins" > "$folder/$binary.pins"
echo "built $folder/$binary in $((SECONDS - started)) s"
