#!/usr/bin/env bash
# Make cri_server/proto/api_pb2.py and .pyi of api.proto. Both are checked in, so that nobody needs the compiler to run or test.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install -q "grpcio-tools>=1.62.2"
.venv/bin/python -m grpc_tools.protoc -I cri_server/proto --python_out=cri_server/proto --pyi_out=cri_server/proto \
    cri_server/proto/api.proto
