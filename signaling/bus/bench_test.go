package bus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/redisdb/redistest"
)

// BenchmarkSend measures messages of 300 bytes between two nodes over a real
// Redis: at 2,000/s, half of them each way, and as fast as they go. Both nodes
// are in this process, so node-us/msg is the CPU of sending and receiving
// together; redis-us/msg is that of redis-server.
func BenchmarkSend(b *testing.B) {
	for _, rate := range []int{2000, 0} {
		name := "rate=max"
		if rate > 0 {
			name = fmt.Sprintf("rate=%d", rate)
		}
		b.Run(name, func(b *testing.B) { benchmarkSend(b, rate) })
	}
}

func benchmarkSend(b *testing.B, rate int) {
	server, err := redistest.StartSingle(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer server.Stop()
	db := redistest.Open(b, server.URL())
	ctx, cancel := context.WithCancel(context.Background())
	var got atomic.Int64
	nodes := [2]*Bus{}
	ended := make(chan error, len(nodes))
	for i := range nodes {
		n := New(db.Client(), models.NewNodeID(), Config{}, testLog())
		n.Handle(func(models.NodeID, []byte) { got.Add(1) })
		nodes[i] = n
		go func() { ended <- n.Run(ctx) }()
	}
	for i, n := range nodes {
		<-n.Ready()
		for !n.Alive(nodes[1-i].self) {
			time.Sleep(time.Millisecond)
		}
	}
	payload := make([]byte, 300)
	var before syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	redisBefore := redisCPU(b, server.PID())
	b.ReportAllocs()
	begin, i := time.Now(), 0
	for b.Loop() {
		if rate > 0 {
			if wait := time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate))); wait > 0 {
				time.Sleep(wait)
			}
		}
		from, to := nodes[i%2], nodes[1-i%2]
		for err := from.Send(to.self, payload); err != nil; err = from.Send(to.self, payload) {
			if !errors.Is(err, ErrBusy) {
				b.Fatal(err)
			}
			time.Sleep(100 * time.Microsecond)
		}
		i++
	}
	for got.Load() < int64(i) {
		time.Sleep(time.Millisecond)
	}
	var after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	used := cpu(after) - cpu(before)
	b.ReportMetric(float64(used.Microseconds())/float64(i), "node-us/msg")
	b.ReportMetric(float64((redisCPU(b, server.PID())-redisBefore).Microseconds())/float64(i), "redis-us/msg")
	b.ReportMetric(float64(i)/float64(nodes[0].Stats().Batches+nodes[1].Stats().Batches), "msg/publish")
	cancel()
	for range nodes {
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	}
}

func cpu(u syscall.Rusage) time.Duration {
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// redisCPU reads what a process has used, in ticks of a hundredth of a second.
func redisCPU(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err := errors.Join(err1, err2); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
