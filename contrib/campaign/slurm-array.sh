#!/bin/bash
# A campaign as a Slurm array: each task is one share of the units.
#
#   sbatch --array=0-15 contrib/campaign/slurm-array.sh DIR
#
# The shares are as many as the array has tasks, whatever its first number and its step. Start the same array again to go on; to
# start single tasks again, say how many there were: SHARES=16 sbatch --array=3,7 ...
#SBATCH --job-name=rtldlab
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=2G
#SBATCH --time=04:00:00
# A preempted task goes back into the queue; what it had done is kept.
#SBATCH --requeue
# SIGTERM comes a minute before the time is over.
#SBATCH --signal=TERM@60
#SBATCH --open-mode=append
set -euo pipefail
dir=${1:?the folder of a campaign}
# By itself an array is the whole campaign; with SHARES it may be any part of one that counts from FIRST.
if [ -z "${SHARES:-}" ]; then
  FIRST=${SLURM_ARRAY_TASK_MIN:?not started as an array}
fi
shares=${SHARES:-${SLURM_ARRAY_TASK_COUNT:?not started as an array}}
first=${FIRST:-0}
# exec, so that Slurm's signals reach it. RTLDLAB may be several words, such as "node dist/cli/main.js".
exec ${RTLDLAB:-rtldlab} campaign run "$dir" --shares "$shares" --first "$first" --workers "${SLURM_CPUS_PER_TASK:-1}"
