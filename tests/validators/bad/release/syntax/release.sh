#!/usr/bin/env bash
set -euo pipefail
if [ "$1" = deploy ]; then
    echo deploy
