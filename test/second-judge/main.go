// Judges histories of failover-test by another program than ours: Porcupine, which knows nothing of failovers and only asks
// whether there is an order of the operations that explains what was read.
//
//	second-judge FILE...   one line of JSON for each: the values for which there is none
//
// Each value is an object of its own: how often it is stored. An acknowledged write adds it once between its call and its
// answer, one whose outcome is not known does so then, later or never, a refused one does not; the final read sees the count.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"

	"github.com/anishathalye/porcupine"
)

type line struct {
	Type      string
	Client    string
	Value     int
	Invoked   float64
	Completed float64
	Outcome   string
	FinalRead struct{ Values []int }
}

type input struct{ isRead bool }

var model = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, in, out any) (bool, any) {
		count := state.(int)
		if in.(input).isRead {
			return out.(int) == count, count
		}
		return true, count + 1
	},
}

func main() {
	for _, path := range os.Args[1:] {
		bad, err := judge(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"file": path, "bad": bad})
	}
}

func judge(path string) ([]int, error) {
	writes, values, err := read(path)
	if err != nil {
		return nil, err
	}
	counts := map[int]int{}
	for _, value := range values {
		counts[value]++
	}
	objects := map[int][]line{}
	last := 0.0
	for _, write := range writes {
		objects[write.Value] = append(objects[write.Value], write)
		last = math.Max(last, write.Completed)
	}
	for value := range counts {
		if _, isWritten := objects[value]; !isWritten {
			objects[value] = nil
		}
	}
	bad := []int{}
	for value, own := range objects {
		if !porcupine.CheckOperations(model, operations(own, counts[value], last)) {
			bad = append(bad, value)
		}
	}
	sort.Ints(bad)
	return bad, nil
}

func operations(writes []line, count int, last float64) []porcupine.Operation {
	all := []porcupine.Operation{}
	for client, write := range writes {
		end := nanoseconds(write.Completed)
		if write.Outcome == "failed" {
			continue
		}
		if write.Outcome == "unknown" {
			end = math.MaxInt64
		}
		all = append(all, porcupine.Operation{ClientId: client, Input: input{}, Call: nanoseconds(write.Invoked), Output: 0, Return: end})
	}
	read := nanoseconds(last) + 1
	return append(all, porcupine.Operation{ClientId: len(writes), Input: input{isRead: true}, Call: read, Output: count, Return: read + 1})
}

func nanoseconds(ms float64) int64 { return int64(ms * 1e6) }

func read(path string) (writes []line, values []int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	decoder := json.NewDecoder(bufio.NewReader(file))
	for decoder.More() {
		var next line
		if err := decoder.Decode(&next); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		if next.Type == "end" {
			values = next.FinalRead.Values
		} else if next.Client == "" {
			// What clients wrote stands beside, in lists of their own.
			writes = append(writes, next)
		}
	}
	return writes, values, nil
}
