"""Compute the patch between two configurations with another tool.

diff.py hier OS BEFORE AFTER prints the remediation of hier_config. diff.py hier
OS BEFORE-FOLDER AFTER-FOLDER does it for all files of two folders, in one
process. diff.py context FOLDER writes what annet needs to run on files alone,
and prints the name of the file.
"""

import pathlib
import sys

CONTEXT = """\
connection: {{default: {{adapter: file}}}}
fetcher: {{default: {{adapter: file}}}}
deployer: {{default: {{adapter: file}}}}
storage: {{default: {{adapter: file, params: {{path: {inventory}}}}}}}
generators: {{default: []}}
context: {{default: {{connection: default, generators: default, storage: default, fetcher: default, deployer: default}}}}
selected_context: default
"""


def context(folder):
    """Write the files."""
    inventory = folder / "inventory.yml"
    inventory.write_text("devices: []\n")
    file = folder / "context.yml"
    file.write_text(CONTEXT.format(inventory=inventory))
    print(file)


def hier(system, before, after):
    """Print the remediation of each pair."""
    from hier_config import Platform, WorkflowRemediation, get_hconfig

    platform = {
        "cisco-iosxe": Platform.CISCO_IOS,
        "huawei-vrp8": Platform.HUAWEI_VRP,
    }[system]
    names = sorted(p.name for p in before.iterdir()) if before.is_dir() else [""]
    for name in names:
        running = get_hconfig(platform, (before / name).read_text())
        intended = get_hconfig(platform, (after / name).read_text())
        patch = WorkflowRemediation(running, intended).remediation_config
        for line in patch.all_children_sorted():
            print(line.cisco_style_text())


def main():
    """Do what the first argument says."""
    what, *rest = sys.argv[1:]
    if what == "context":
        context(pathlib.Path(rest[0]))
    else:
        hier(rest[0], pathlib.Path(rest[1]), pathlib.Path(rest[2]))


if __name__ == "__main__":
    main()
