"""Render a fleet through PyYAML and Jinja2, as a script of one's own would.

Reads the files that twinpath reads, checks nothing, and writes one IOS-XE
configuration for each gateway of the scenario.
"""

import argparse
import ipaddress
import pathlib

import jinja2
import yaml


def seconds(text):
    """Return the seconds of a time span such as 2s."""
    return int(text.removesuffix("s"))


def address(text):
    """Return address and mask of 10.0.0.2/30."""
    interface = ipaddress.ip_interface(text)
    return str(interface.ip), str(interface.netmask)


def circuit(raw, ports):
    """Return what the template prints of one circuit."""
    local, mask = address(raw["gateway_address"])
    port = ports[raw["port"]]
    return {
        "id": int(raw["name"].rsplit("-ec", 1)[1]),
        "name": raw["name"],
        "interface": port["name"],
        "speed": port["negotiation"].removesuffix(" full"),
        "address": local,
        "mask": mask,
        "peer": address(raw["cloud_address"])[0],
        "source": raw["health_check"]["source"],
    }


def load(name):
    """Parse a file with the fastest loader that PyYAML has."""
    return yaml.load(pathlib.Path(name).read_bytes(), Loader=yaml.CSafeLoader)


def main():
    """Render every gateway."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario")
    parser.add_argument("inventory")
    parser.add_argument("output", type=pathlib.Path)
    args = parser.parse_args()

    scenario, inventory = load(args.scenario), load(args.inventory)
    tracking, flow = scenario["tracking"], scenario["flow_export"]
    host, port = flow["collector"].rsplit(":", 1)
    common = {
        "tracking": {
            "failures": tracking["failures"],
            "interval": seconds(tracking["interval"]),
            "recovery": seconds(tracking["recovery"]),
            "timeout_ms": 1000 * seconds(tracking["timeout"]),
        },
        "flow": {
            "host": host,
            "port": port,
            "active_timeout": seconds(flow["active_timeout"]),
            "sampling": flow["sampling"],
        },
        "prefixes": [
            {"network": str(n.network_address), "mask": str(n.netmask)}
            for n in map(ipaddress.ip_network, scenario["cloud"]["prefixes"])
        ],
    }
    circuits = {}
    for raw in scenario["circuits"]:
        circuits.setdefault(raw["gateway"], []).append(raw)

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    template = environment.get_template("gateway.j2")
    args.output.mkdir(parents=True, exist_ok=True)
    for gateway in inventory["gateways"]:
        own = [circuit(raw, gateway["ports"]) for raw in circuits[gateway["name"]]]
        text = template.render(gateway=gateway, circuits=own, **common)
        (args.output / f"{gateway['name']}.running.cfg").write_text(text)


if __name__ == "__main__":
    main()
