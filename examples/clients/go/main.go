// go-redis with its defaults behind the protocol of an adapter.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
	"strconv"
	"sync"

	"github.com/redis/go-redis/v9"
)

type address struct {
	Host string
	Port int
}

type hello struct {
	Sentinels        []address
	Group            string
	Password         string
	SentinelPassword string
}

type order struct {
	ID    int
	Key   string
	Value string
}

var lock sync.Mutex

func say(message map[string]any) {
	lock.Lock()
	defer lock.Unlock()
	_ = json.NewEncoder(os.Stdout).Encode(message)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Scan()
	var first hello
	if err := json.Unmarshal(lines.Bytes(), &first); err != nil {
		panic(err)
	}
	options := &redis.FailoverOptions{MasterName: first.Group, Password: first.Password, SentinelPassword: first.SentinelPassword}
	for _, sentinel := range first.Sentinels {
		options.SentinelAddrs = append(options.SentinelAddrs, net.JoinHostPort(sentinel.Host, strconv.Itoa(sentinel.Port)))
	}
	client := redis.NewFailoverClient(options)
	if err := client.Ping(context.Background()).Err(); err != nil {
		panic(err)
	}
	say(map[string]any{"ready": true, "client": "go-redis", "version": redis.Version()})
	for lines.Scan() {
		var next order
		if err := json.Unmarshal(lines.Bytes(), &next); err != nil {
			panic(err)
		}
		go write(client, next)
	}
}

// An error is that of the last attempt: what became of those before it, nobody knows.
func write(client *redis.Client, next order) {
	if err := client.RPush(context.Background(), next.Key, next.Value).Err(); err != nil {
		say(map[string]any{"id": next.ID, "type": "info", "error": err.Error()})
		return
	}
	say(map[string]any{"id": next.ID, "type": "ok"})
}
