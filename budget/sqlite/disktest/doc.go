// Package disktest puts SQLite on a disk that a test controls: it fails on demand, and it remembers every
// write and sync, so that the test can cut its power at any moment and see what is left.
//
//	disk := disktest.New(t)
//	ledger, err := sqlite.Open(ctx, filepath.Join(disk.Dir, "ledger.db"), sqlite.Options{})
//	...
//	disk.Fail(func(c disktest.Call) disktest.Fault { // from now on
//		if c.Op == disktest.Sync {
//			return disktest.FailedSync
//		}
//		return disktest.Works
//	})
//
// Killing a process cannot show a missing fsync: what it wrote is in the operating system, which lives on.
// [Trace.Cut] can: it keeps only what a disk had to keep.
//
// The disk is a VFS of SQLite, registered as the default of the process with the first call of [New]. Files
// outside of the directories of disks go to the operating system as before. Shared memory and locks always
// do: neither survives a power cut, and SQLite builds both anew.
package disktest
