package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// maxPath is how long the path of a socket may be on every system that has them, in bytes (sun_path of the BSDs and
// macOS, less its zero).
const maxPath = 103

// errWindows says where there is no socket.
var errWindows = errors.New("a run can be watched and told through its socket, which Windows does not keep to one user: use --dashboard")

// Listen serves the API on the socket of r's books, to this user alone, and says so in the books, until close is called.
// Whatever was at its path was left by a process that is gone, for r owns the books.
func (s *Server) Listen() (closed func(), err error) {
	if runtime.GOOS == "windows" {
		return nil, errWindows
	}
	path, err := socketPath(s.running.Project)
	if err != nil {
		return nil, err
	}
	listener, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: longest, BaseContext: func(net.Listener) context.Context { return context.Background() }}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener)
	}()
	closed = func() {
		_ = s.running.Listens("")
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil { // a stream goes on until its reader leaves
			_ = server.Close()
		}
		<-ended
		_ = os.Remove(path)
	}
	if err := s.running.Listens(path); err != nil {
		closed()
		return nil, err
	}
	return closed, nil
}

// socketPath is where the socket of the books is: beside them or, where that path is too long for one, in the directory
// that the system gives the user for such things.
func socketPath(p *project.Project) (string, error) {
	ledger, err := filepath.Abs(p.LedgerPath())
	if err != nil {
		return "", err
	}
	name := "control.sock"
	if p.Sim {
		name = "control-sim.sock"
	}
	beside := filepath.Join(filepath.Dir(ledger), name)
	if len(temporary(beside)) <= maxPath {
		return beside, nil
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return "", fmt.Errorf("control socket: the path %s is longer than the %d bytes of a socket's, and XDG_RUNTIME_DIR names no other place", beside, maxPath)
	}
	sum := sha256.Sum256([]byte(ledger))
	return filepath.Join(dir, "orchestrate-"+hex.EncodeToString(sum[:8])+".sock"), nil
}

// temporary is where a socket is made, in a directory that nobody else can enter.
func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), ".control-0123456789", "s")
}

// listen makes the socket at path. It comes there with its mode: at no time can another user connect.
func listen(path string) (net.Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".control-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false) // it will not be there, and who comes next may have another at path
	err = os.Chmod(made, 0o600)
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}
