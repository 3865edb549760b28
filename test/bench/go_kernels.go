// The kernels of go_kernels.c in Go.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

var consumed int64

func spawn(n int) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		for ; n > 0; n -= 1000 {
			var some sync.WaitGroup
			some.Add(1000)
			for i := 0; i < 1000; i++ {
				go some.Done()
			}
			some.Wait()
		}
		wg.Done()
	}()
	wg.Wait()
}

func burst(n int) {
	var wg sync.WaitGroup
	wg.Add(n + 1)
	go func() {
		for i := 0; i < n; i++ {
			go wg.Done()
		}
		wg.Done()
	}()
	wg.Wait()
}

var bytesEach float64

func residentBytes() float64 {
	var size, pages int
	text, _ := os.ReadFile("/proc/self/statm")
	fmt.Sscan(string(text), &size, &pages)
	return float64(pages * os.Getpagesize())
}

func alive(n int) {
	var here, wg sync.WaitGroup
	gate := make(chan int32)
	before := residentBytes()
	here.Add(n)
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			here.Done()
			<-gate
			wg.Done()
		}()
	}
	here.Wait()
	each := (residentBytes() - before) / float64(n)
	if each > bytesEach {
		bytesEach = each
	}
	close(gate)
	wg.Wait()
}

func pingPong(n int) {
	there, back := make(chan int32), make(chan int32)
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		for i := 0; i < n; i++ {
			there <- int32(i)
			<-back
		}
		wg.Done()
	}()
	go func() {
		for i := 0; i < n; i++ {
			back <- <-there
		}
		wg.Done()
	}()
	wg.Wait()
}

func buffered(n int) {
	c := make(chan int32, 128)
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		for i := 0; i < n; i++ {
			c <- int32(i)
		}
		close(c)
		wg.Done()
	}()
	go func() {
		for v := range c {
			consumed += int64(v)
		}
		wg.Done()
	}()
	wg.Wait()
}

func mutex(n int) {
	var wg sync.WaitGroup
	var m sync.Mutex
	count := 0
	wg.Add(8)
	for i := 0; i < 8; i++ {
		go func() {
			for i := 0; i < n/8; i++ {
				m.Lock()
				count++
				m.Unlock()
			}
			wg.Done()
		}()
	}
	wg.Wait()
}

func select8(n int) {
	var wg sync.WaitGroup
	var c [8]chan int32
	wg.Add(9)
	for i := range c {
		c[i] = make(chan int32)
		go func(c chan int32) {
			for i := 0; i < n/8; i++ {
				c <- int32(i)
			}
			wg.Done()
		}(c[i])
	}
	go func() {
		for i := 0; i < n/8*8; i++ {
			select {
			case <-c[0]:
			case <-c[1]:
				consumed += 1
			case <-c[2]:
				consumed += 2
			case <-c[3]:
				consumed += 3
			case <-c[4]:
				consumed += 4
			case <-c[5]:
				consumed += 5
			case <-c[6]:
				consumed += 6
			case <-c[7]:
				consumed += 7
			}
		}
		wg.Done()
	}()
	wg.Wait()
}

func fan(n int) {
	in, out := make(chan int32, 16), make(chan int32, 16)
	var wg sync.WaitGroup
	wg.Add(10)
	for i := 0; i < 8; i++ {
		go func() {
			for v := range in {
				out <- v + 1
			}
			wg.Done()
		}()
	}
	go func() {
		for i := 0; i < n; i++ {
			consumed += int64(<-out)
		}
		wg.Done()
	}()
	go func() {
		for i := 0; i < n; i++ {
			in <- int32(i)
		}
		close(in)
		wg.Done()
	}()
	wg.Wait()
}

func sieve(n int) {
	var wg sync.WaitGroup
	c := make(chan int32)
	wg.Add(1)
	go func(c chan int32) {
		for i := 2; i < n; i++ {
			c <- int32(i)
		}
		close(c)
		wg.Done()
	}(c)
	for {
		prime, more := <-c
		if !more {
			break
		}
		next := make(chan int32)
		wg.Add(1)
		go func(in, out chan int32, prime int32) {
			for v := range in {
				if v%prime != 0 {
					out <- v
				}
			}
			close(out)
			wg.Done()
		}(c, next, prime)
		c = next
	}
	wg.Wait()
}

func stopped(n int) {
	var wg sync.WaitGroup
	stop := make(chan int32)
	filter := func(in, out chan int32, prime int32) {
		defer wg.Done()
		for {
			var v int32
			select {
			case v = <-in:
			case <-stop:
				return
			}
			if v%prime != 0 {
				select {
				case out <- v:
				case <-stop:
					return
				}
			}
		}
	}
	c := make(chan int32)
	wg.Add(2)
	go func(c chan int32) {
		defer wg.Done()
		for i := int32(2); ; i++ {
			select {
			case c <- i:
			case <-stop:
				return
			}
		}
	}(c)
	go func() {
		for i := 0; i < n; i++ {
			prime := <-c
			next := make(chan int32)
			wg.Add(1)
			go filter(c, next, prime)
			c = next
		}
		close(stop)
		wg.Done()
	}()
	wg.Wait()
}

func yield(n int) {
	var wg sync.WaitGroup
	wg.Add(8)
	for i := 0; i < 8; i++ {
		go func() {
			for i := 0; i < n/8; i++ {
				runtime.Gosched()
			}
			wg.Done()
		}()
	}
	wg.Wait()
}

func main() {
	kernels := []struct {
		name string
		run  func(int)
		n    int
	}{
		{"spawn", spawn, 1000000}, {"burst", burst, 100000}, {"alive", alive, 100000},
		{"ping_pong", pingPong, 300000}, {"buffered", buffered, 1000000}, {"mutex", mutex, 1000000},
		{"select_8", select8, 200000}, {"fan", fan, 200000}, {"sieve", sieve, 4000},
		{"stopped", stopped, 400}, {"yield", yield, 1000000},
	}
	for _, k := range kernels {
		wanted := len(os.Args) == 1
		for _, a := range os.Args[1:] {
			wanted = wanted || a == k.name
		}
		if !wanted {
			continue
		}
		best := 0.0
		for i := 0; i < 5; i++ {
			before := time.Now()
			k.run(k.n)
			each := float64(time.Since(before).Nanoseconds()) / float64(k.n)
			if i == 0 || each < best {
				best = each
			}
		}
		fmt.Printf("%s %.1f %.0f\n", k.name, best, bytesEach)
		bytesEach = 0
	}
}
