#!/bin/sh
# Takes the picture of a report that README.md shows: testdata/pictures/report.png. Needs the built command (or
# LSUV_INIT, which names another) and Chromium; run it from the root of the repository.
set -eu
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
${LSUV_INIT:-cli/target/lsuv-init/bin/lsuv-init} testdata/models/mlp50.onnx --data testdata/data/fashion-mnist-256.npy \
    -o "$folder/mlp50.onnx" --quiet --report "$folder/report.html"
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$folder/profile" \
    --blink-settings=preferredColorScheme=1 --window-size=1200,1560 \
    --screenshot="$PWD/testdata/pictures/report.png" "file://$folder/report.html"
