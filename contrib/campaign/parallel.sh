#!/bin/sh
# A campaign over the processors of this machine, or of the machines in a file of GNU parallel (--sshloginfile; the folder must be one
# that all of them see). Kill it and start it again as often as you like.
#
#   contrib/campaign/parallel.sh DIR [SHARES [options of GNU parallel...]]
#
# Without DIR/plan.json: first `rtldlab campaign plan KIND ... -o DIR`. RTLDLAB may name another command, such as
# "node dist/cli/main.js".
set -eu
dir=${1:?the folder of a campaign}
shift
shares=$(nproc)
if [ $# -gt 0 ]; then
  shares=$1
  shift
fi
# Unquoted on purpose: the command may be several words.
seq "$shares" | parallel -N0 -j"$shares" "$@" ${RTLDLAB:-rtldlab} campaign run "$dir" --shares "$shares"
exec ${RTLDLAB:-rtldlab} campaign merge "$dir"
