package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// flags are the namespaces of a bubble.
const flags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC

// Enter runs this program again with other arguments inside a new bubble and
// waits for it. The kernel kills the bubble's first process when this one dies,
// and with it every other process inside, every namespace and every mount.
func Enter(ctx context.Context, args []string, std Stdio) error {
	if err := Ready(); err != nil {
		return err
	}
	// The signal of PR_SET_PDEATHSIG is sent when the thread that started the
	// child ends (prctl(2)), so that thread must be as old as the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...) //nolint:gosec // this program, with arguments of its own
	cmd.Stdin, cmd.Stdout, cmd.Stderr = std.In, std.Out, std.Err
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL}
	err := cmd.Start()
	if err == nil {
		if std.Started != nil {
			std.Started(cmd.Process.Pid)
		}
		err = cmd.Wait()
	}
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the kernel refuses new namespaces (%w): the lab needs mount, pid, network, UTS and IPC namespaces", err)
	}
	return err
}

// Ready reports what is missing on this machine, before anything is started.
func Ready() error {
	if os.Geteuid() != 0 {
		return errors.New("the lab needs root: it makes network namespaces")
	}
	var missing []string
	for _, tool := range []string{"ip", "nft", "sshd", "ssh", "ssh-keygen", "uacctd", "ovs-vswitchd", "bird", "unshare", "chroot", "mount"} {
		if _, err := lookPath(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	root, err := routerRoot()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(root, ".twinpath-lab")); err != nil {
		missing = append(missing, "the router software in "+root)
	}
	if len(missing) > 0 {
		return fmt.Errorf("the lab misses %s; run `sh tools/lab/install.sh`", strings.Join(missing, ", "))
	}
	return nil
}

// routerRoot is where tools/lab/install.sh unpacks the router software.
func routerRoot() (string, error) {
	if dir := os.Getenv("TWINPATH_CACHE"); dir != "" {
		return filepath.Abs(filepath.Join(dir, "lab", "root"))
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache: %w", err)
	}
	return filepath.Join(dir, "twinpath", "lab", "root"), nil
}

// toolPath is where the lab looks for programs: a root shell's PATH may lack
// the folders of the system's own.
const toolPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// lookPath finds a program in toolPath.
func lookPath(name string) (string, error) {
	for dir := range strings.SplitSeq(toolPath, ":") {
		if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("no %s in %s", name, toolPath)
}

// seal gives the bubble its own view of what the lab writes to: /proc for its
// own processes, and memory where namespaces and generated files lie.
func seal(dir string) error {
	if os.Getpid() != 1 {
		return errors.New("this command is for the lab itself; use `twinpath lab run`")
	}
	type mount struct {
		source, target, kind string
		flags                uintptr
	}
	mounts := []mount{
		{"none", "/", "", syscall.MS_REC | syscall.MS_PRIVATE},
		{"proc", "/proc", "proc", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC},
		{"tmpfs", "/run", "tmpfs", syscall.MS_NOSUID | syscall.MS_NODEV},
	}
	// `ip netns exec` puts the files of /etc/netns/NAME over those of /etc: the
	// host's namespaces may have the lab's names.
	if _, err := os.Stat("/etc/netns"); err == nil {
		mounts = append(mounts, mount{"tmpfs", "/etc/netns", "tmpfs", 0})
	}
	for _, m := range mounts {
		if err := syscall.Mount(m.source, m.target, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s in the bubble: %w", m.target, err)
		}
	}
	for _, d := range []string{"/run/netns", "/run/sshd", "/run/lock", dir} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return fmt.Errorf("prepare the bubble: %w", err)
		}
	}
	return nil
}
