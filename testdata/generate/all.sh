#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Write all files of testdata/models and testdata/data anew, then list the models.
set -eu
cd "$(dirname "$0")"
mkdir -p ../models ../data
for name in attention dead decoder fashion_mnist fitnet_maxout mlp50 order \
        precision recurrent resnet20 squeezenet storage tied; do
    /usr/bin/python3 -B -W ignore "$name.py"
done
/usr/bin/python3 -B summarise.py
