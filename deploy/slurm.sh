#!/usr/bin/env bash
# A build on the nodes of one allocation: sbatch --nodes=8 deploy/slurm.sh SOURCES... --out /scratch/corpus
# It starts a Ray of its own on them, which ends with it. OUT lies where all nodes see it: a shared disk, or a URL.
# Run the same command again after a time limit: it goes on where it was.
#SBATCH --job-name=corpus
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --mem=0
#SBATCH --requeue
#SBATCH --signal=B:TERM@300
set -euo pipefail

nodes=$(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=$(head -n 1 <<<"$nodes")
# Two jobs on one node do not meet: each has a port of its own.
port=$((20000 + SLURM_JOB_ID % 20000))
export RAY_ADDRESS="$head:$port"
# Whoever reaches a Ray can run what he likes on it: nodes know each other by a token that only this job has.
RAY_AUTH_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export RAY_AUTH_TOKEN RAY_AUTH_MODE=token
cpus=${SLURM_CPUS_ON_NODE:-$(nproc)}

stop() { kill $(jobs -p) 2>/dev/null || true; }
trap stop EXIT

# Ray on the first node, then on the others.
srun --nodes=1 --ntasks=1 --nodelist="$head" \
  env -u RAY_ADDRESS ray start --head --block --port="$port" --num-cpus="$cpus" --include-dashboard=false --disable-usage-stats &
for _ in $(seq 60); do
  ray health-check --address "$RAY_ADDRESS" >/dev/null 2>&1 && break
  sleep 2
done
if [ "$SLURM_JOB_NUM_NODES" -gt 1 ]; then
  srun --nodes="$((SLURM_JOB_NUM_NODES - 1))" --ntasks="$((SLURM_JOB_NUM_NODES - 1))" --exclude="$head" \
    env -u RAY_ADDRESS ray start --address="$RAY_ADDRESS" --block --num-cpus="$cpus" --disable-usage-stats &
fi

# The driver on the first node. Five minutes before the limit it is asked to end between units.
corpus build "$@" --engine ray &
driver=$!
trap 'kill -TERM "$driver"' TERM
code=0
wait "$driver" || code=$?
# A wait that a signal has cut short is begun again, to hear how the driver ended.
while kill -0 "$driver" 2>/dev/null; do
  code=0
  wait "$driver" || code=$?
done
exit "$code"
