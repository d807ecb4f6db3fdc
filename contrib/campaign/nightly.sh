#!/bin/sh
# The long campaign of this repository: a hunt under several semantics, in units that may be interrupted. `npm run campaign:hunt`
# does a small one, and UNITS=2000 RUNS=500 before it does a night. The same words again go on with it.
set -eu
units=${UNITS:-6}
seed=${SEED:-1}
libc=${LIBC:-patch-v12,register-early,2.35}
dir=${DIR:-campaigns/hunt-$seed-$units}
# Unquoted on purpose: the command may be several words.
set -- ${RTLDLAB:-node dist/cli/main.js}
mkdir -p "$(dirname "$dir")"
"$@" campaign plan hunt --libc "$libc" --runs "${RUNS:-40}" --units "$units" --seed "$seed" -o "$dir"
"$@" campaign run "$dir" --all --workers "${WORKERS:-2}"
# To find something is what it is for, so that is no failure; anything else is.
"$@" campaign merge "$dir" || test $? -eq 1
