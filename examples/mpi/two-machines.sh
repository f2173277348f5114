#!/bin/bash
# Trains the example `mnist` on two machines, with ssh and Open MPI's mpirun:
#
#     examples/mpi/two-machines.sh HOST1 HOST2 [OPTION OF mnist]...
#     examples/mpi/two-machines.sh node1 node2 --epochs 20 --batch-size 512
#
# It runs on a machine that can build the example (Rust, Open MPI's development files, libclang) and reach both hosts by ssh without a
# password; it may be one of them. Both hosts need the same version of Open MPI as this machine, a C library that is not older than this
# machine's, and the same kind of processor as each other: the last bits of a training depend on it, so shapeproof refuses to train on
# two kinds. They must reach each other by ssh too, as mpirun is started on HOST1.
#
# FOLDER (default /tmp/shapeproof-mpi) is created on both, for the program, and on HOST1 for the checkpoints. With MNIST_DIR set, the four
# files in it are copied there; otherwise each process looks for MNIST itself, and downloads it if it is not there. SSH and SCP are the
# commands to reach a host with (default ssh and scp).
#
# Started again, it goes on with the training in FOLDER/run on HOST1, to the same bits, also with another host in the place of HOST2.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: $0 HOST1 HOST2 [OPTION OF mnist]..." >&2
    exit 2
fi
hosts=("$1" "$2")
shift 2
folder=${FOLDER:-/tmp/shapeproof-mpi}
cd "$(dirname "$0")/../.."

cargo build --release --features mpi --example mnist
program=${CARGO_TARGET_DIR:-target}/release/examples/mnist

# A process for each machine, and all its cores as threads. For a process for each socket: slots=2 for two sockets, and below
# --map-by ppr:1:socket --bind-to socket. The bits are the same.
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
for host in "${hosts[@]}"; do
    echo "$host slots=1" >> "$temporary/hosts"
done

data=()
for host in "${hosts[@]}"; do
    ${SSH:-ssh} "$host" mkdir -p "$folder/data"
    ${SCP:-scp} -q "$program" "$temporary/hosts" "$host:$folder/"
    if [ -n "${MNIST_DIR:-}" ]; then
        ${SCP:-scp} -q "$MNIST_DIR"/*ubyte* "$host:$folder/data/"
        data=(--data "$folder/data")
    fi
done

# --map-by ppr:1:node   one process per machine.
# --bind-to none        each may use all cores. Without it, Open MPI binds each of two processes to one core, and each then has one
#                       thread. `mnist` takes as many threads as it may use cores, divided by the processes that share them; --threads
#                       says another number, which need not be the same on both.
# odls_base_sigkill_timeout 5
#                       after SIGTERM or Ctrl-C, or the failure of a process, mpirun waits so many seconds before it kills those that
#                       are left: time to finish a step and write a checkpoint. The default is 1.
# With several networks in a machine, name the one that connects both: --mca btl_tcp_if_include 10.0.0.0/24
command=(mpirun --hostfile "$folder/hosts" --map-by ppr:1:node --bind-to none
    --mca odls_base_sigkill_timeout 5
    "$folder/mnist" --distributed "${data[@]}" --checkpoint "$folder/run" --resume "$@")
# -t: so that Ctrl-C reaches mpirun.
${SSH:-ssh} -t "${hosts[0]}" "${command[*]@Q}"
