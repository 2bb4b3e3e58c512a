#!/bin/sh
# Starts Slurm on this machine alone, to try job arrays without a cluster. Debian, as root:
#   apt-get install slurm-wlm munge && sh one-machine.sh
set -e
cores=$(nproc)
host=$(hostname -s)
mkdir -p /etc/slurm /var/spool/slurmctld /var/spool/slurmd /run/munge
chown munge: /run/munge
cat >/etc/slurm/slurm.conf <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cores State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
pidof munged >/dev/null || runuser -u munge -- munged
pidof slurmctld >/dev/null || slurmctld
pidof slurmd >/dev/null || slurmd
sinfo
