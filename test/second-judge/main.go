// Judges histories of failover-test by another program than ours: Porcupine, which knows nothing of failovers and only asks
// whether there is an order of the operations that explains what was read.
//
//	second-judge FILE...   one line of JSON for each: the values for which there is none
//
// Each value is an object of its own: how often it is stored. An acknowledged write adds it once between its call and its
// answer, one whose outcome is not known does so then, later or never, a refused one does not; the final read sees the count.
//
// What was written beside the list is judged too, each by its client: a set and messages in the same way, a register and a
// counter as one object, whose answers are reads. Of these it is only said whether there is an order at all.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

type line struct {
	Type      string
	Client    string
	Value     int
	Invoked   float64
	Completed float64
	Outcome   string
	Answer    int
	FinalRead finalRead
	Clients   []client
	// Of a write without an answer, among those.
	number int
}

type finalRead struct{ Values []int }

type client struct {
	Name      string
	Shape     string
	FinalRead finalRead
}

type judgement struct {
	Bad          []int `json:"bad"`
	Linearizable *bool `json:"linearizable,omitempty"`
}

// Longer than any history of a test takes: what is not known by then is an error.
const limit = 2 * time.Minute

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
		if err := judge(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func judge(path string) error {
	writes, end, err := read(path)
	if err != nil {
		return err
	}
	clients := map[string]judgement{}
	for _, one := range end.Clients {
		clients[one.Name], err = judgeClient(one, writes[one.Name])
		if err != nil {
			return fmt.Errorf("%s: %s: %w", path, one.Name, err)
		}
	}
	bad := badValues(writes[""], end.FinalRead.Values)
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"file": path, "bad": bad, "clients": clients})
}

func judgeClient(one client, writes []line) (judgement, error) {
	step, isObject := steps[one.Shape]
	if !isObject {
		return judgement{Bad: badValues(writes, one.FinalRead.Values)}, nil
	}
	model := porcupine.Model{Init: func() any { return state{} }, Step: func(before, in, out any) (bool, any) {
		return step(before.(state), in.(line), out.(int))
	}}
	result := porcupine.CheckOperationsTimeout(model, answered(one, writes), limit)
	if result == porcupine.Unknown {
		return judgement{}, fmt.Errorf("not known after %s", limit)
	}
	isThere := result == porcupine.Ok
	return judgement{Bad: []int{}, Linearizable: &isThere}, nil
}

type state struct {
	value int
	// Of a counter: how many additions without an answer are in it.
	open int
}

// What a write makes of the state, and whether its answer fits. What has no answer fits everything.
var steps = map[string]func(before state, write line, answer int) (bool, any){
	"register": func(before state, write line, answer int) (bool, any) {
		if write.Type == "read" {
			return answer == before.value, before
		}
		return write.Outcome == "unknown" || answer == before.value, state{value: write.Value}
	},
	"counter": func(before state, write line, answer int) (bool, any) {
		if write.Type == "read" {
			return answer == before.value, before
		}
		after := state{value: before.value + 1, open: before.open}
		if write.Outcome != "unknown" {
			return answer == after.value, after
		}
		// Additions without an answer are all the same, and none has an end: if there is an order, there is one in which they come one
		// after the other as they were called. Without this the search does not end.
		after.open++
		return write.number == after.open, after
	},
}

func answered(one client, writes []line) []porcupine.Operation {
	all := []porcupine.Operation{}
	last := 0.0
	open := 0
	seen := map[int]bool{}
	sort.SliceStable(writes, func(a, b int) bool { return writes[a].Invoked < writes[b].Invoked })
	for _, write := range writes {
		seen[write.Answer] = true
	}
	for _, value := range one.FinalRead.Values {
		seen[value] = true
	}
	for id, write := range writes {
		last = math.Max(last, write.Completed)
		// A value of a register that nobody has read was never there, or was replaced by another write without an answer: with it or
		// without it there is an order or there is none. Without it the search ends.
		isHidden := one.Shape == "register" && write.Outcome == "unknown" && !seen[write.Value]
		if write.Outcome == "failed" || isHidden {
			continue
		}
		end := nanoseconds(write.Completed)
		if write.Outcome == "unknown" {
			end = math.MaxInt64
			open++
			write.number = open
		}
		all = append(all, porcupine.Operation{ClientId: id, Input: write, Call: nanoseconds(write.Invoked), Output: write.Answer, Return: end})
	}
	value := 0
	if len(one.FinalRead.Values) > 0 {
		value = one.FinalRead.Values[0]
	}
	at := nanoseconds(last) + 1
	return append(all, porcupine.Operation{ClientId: len(writes), Input: line{Type: "read"}, Call: at, Output: value, Return: at + 1})
}

func badValues(writes []line, values []int) []int {
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
	return bad
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

// The writes of each client, and of the writer under the empty name.
func read(path string) (writes map[string][]line, end line, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, end, err
	}
	defer file.Close()
	writes = map[string][]line{}
	decoder := json.NewDecoder(bufio.NewReader(file))
	for decoder.More() {
		var next line
		if err := decoder.Decode(&next); err != nil {
			return nil, end, fmt.Errorf("%s: %w", path, err)
		}
		if next.Type == "end" {
			end = next
		} else {
			writes[next.Client] = append(writes[next.Client], next)
		}
	}
	return writes, end, nil
}
