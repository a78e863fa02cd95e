"""What goes wrong on purpose: scripted, by chance with a seed, in one tenant or in all."""

from okta_scim_setup.simulator.faults.chance import Chance
from okta_scim_setup.simulator.faults.menu import Fault
from okta_scim_setup.simulator.faults.waiting import Due, Faults, fault_from_json

__all__ = ["Chance", "Due", "Fault", "Faults", "fault_from_json"]
