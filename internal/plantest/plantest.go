// Package plantest holds the planner against the simulator. It has tests only.
package plantest
