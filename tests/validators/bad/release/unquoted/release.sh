#!/usr/bin/env bash
set -euo pipefail
rm -rf -- $1/releases
