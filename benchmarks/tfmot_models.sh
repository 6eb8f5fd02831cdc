#!/bin/sh
# Makes SavedModels with TensorFlow Model Optimization, in an environment of
# their own: importing it turns Keras to legacy for the whole process.
#
#     sh benchmarks/tfmot_models.sh FOLDER
#     TFPRUNE_TFMOT_MODELS=FOLDER/models pytest tests/export/conversion
#
# FOLDER/venv takes 3 GB; FOLDER/models holds the SavedModels, each with typical
# inputs and with what tf_keras computes for them.
set -eu
folder=${1:?"Expected a folder: sh benchmarks/tfmot_models.sh FOLDER"}
here=$(dirname "$0")
mkdir -p "$folder"
test -x "$folder/venv/bin/python" || "${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet \
    "tensorflow-model-optimization>=0.8.1" "tf_keras>=2.21" "tensorflow>=2.21"
"$folder/venv/bin/python" "$here/tfmot_models.py" "$folder/models"
