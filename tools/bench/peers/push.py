"""Has recorded dialogues with simulated gateways by netmiko, or writes them as a playbook for Ansible's cisco.ios.

push.py netmiko LINES PARALLEL       has them
push.py playbook LINES FOLDER        writes FOLDER/hosts.yaml and FOLDER/play.yaml

LINES is what `bare -list` prints: gateway, port, key file, number of the connection and line, separated by tabs. Neither
tool types these lines by itself in this order: each is given them as the commands that it is to type.
"""

import concurrent.futures
import os
import sys


def read(name):
    gateways = {}
    with open(name, encoding="utf-8") as lines:
        for row in lines:
            gateway, port, key, connection, line = row.rstrip("\n").split("\t")
            entry = gateways.setdefault(gateway, {"port": int(port), "key": key, "connections": {}})
            entry["connections"].setdefault(int(connection), []).append(line)
    return gateways


def talk(name, gateway):
    import netmiko

    for _, lines in sorted(gateway["connections"].items()):
        with netmiko.ConnectHandler(
            device_type="cisco_xe",
            host="127.0.0.1",
            port=gateway["port"],
            username="netops",
            use_keys=True,
            key_file=gateway["key"],
            conn_timeout=60,
            read_timeout_override=60,
        ) as connection:
            for line in lines:
                if line.startswith("terminal "):
                    continue  # netmiko types these by itself.
                connection.send_command(line, expect_string=name + r"(?:\([^)]*\))?[#>]\s*$", strip_prompt=False, strip_command=False)


def run_netmiko(gateways, parallel):
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        for done in [pool.submit(talk, name, gateway) for name, gateway in gateways.items()]:
            done.result()


def write_playbook(gateways, folder):
    os.makedirs(folder, exist_ok=True)
    most = max(len(g["connections"]) for g in gateways.values())
    with open(os.path.join(folder, "hosts.yaml"), "w", encoding="utf-8") as out:
        out.write("all:\n  hosts:\n")
        for name, g in gateways.items():
            out.write(f"    {name}:\n      ansible_host: 127.0.0.1\n      ansible_port: {g['port']}\n")
            out.write(f"      ansible_ssh_private_key_file: {g['key']}\n      connections:\n")
            for _, lines in sorted(g["connections"].items()):
                out.write("        -\n")
                for line in lines:
                    if not line.startswith("terminal "):  # The collection types these by itself.
                        out.write(f"          - '{line}'\n")
        out.write(
            "  vars:\n    ansible_user: netops\n    ansible_connection: ansible.netcommon.network_cli\n"
            "    ansible_network_os: cisco.ios.ios\n    ansible_network_cli_ssh_type: paramiko\n    ansible_host_key_checking: false\n"
            "    ansible_command_timeout: 120\n    ansible_connect_timeout: 60\n"
        )
    with open(os.path.join(folder, "play.yaml"), "w", encoding="utf-8") as out:
        out.write("- hosts: all\n  gather_facts: false\n  strategy: free\n  tasks:\n")
        for i in range(most):
            out.write(f"    - cisco.ios.ios_command:\n        commands: '{{{{ connections[{i}] }}}}'\n      when: connections | length > {i}\n")
            out.write("    - meta: reset_connection\n")


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("netmiko", "playbook"):
        sys.exit(__doc__)
    gateways = read(sys.argv[2])
    if sys.argv[1] == "netmiko":
        run_netmiko(gateways, int(sys.argv[3]))
    else:
        write_playbook(gateways, sys.argv[3])


if __name__ == "__main__":
    main()
