#!/bin/sh
# The login shell of the lab's gateway: the router's command line and nothing else. It is a shell of its own because
# sshd runs every command through the user's login shell, and a host's shell reads its profile there.
unset VTYSH_PAGER ENV
exec /bin/sh {{.Dir}}/router.sh shell {{.Root}} gw "$@"
