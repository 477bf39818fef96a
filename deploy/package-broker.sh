#!/bin/sh
# /usr/local/bin/package-broker: the command line with the settings and as the user of the server. For root.
set -ae
. /etc/package-broker/environment
set +a
# cron's PATH has no runuser.
PATH=$PATH:/usr/sbin:/sbin
exec runuser -u package-broker -- /opt/package-broker/script/broker "$@"
