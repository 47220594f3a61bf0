package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// witness is a small log witness (C2SP tlog-witness): it cosigns what continues the tree it saw last. It prints its key and its address, and ends
// when standard input does.
func witness(vkey, name string) error {
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	key := append([]byte{4}, public...)
	id := sha256.Sum256(append([]byte(name+"\n"), key...))
	var lock sync.Mutex
	var seen tlog.Tree
	handle := func(answer http.ResponseWriter, request *http.Request) {
		lock.Lock()
		defer lock.Unlock()
		body, _ := io.ReadAll(request.Body)
		head, checkpoint, _ := strings.Cut(string(body), "\n\n")
		opened, err := note.Open([]byte(checkpoint), note.VerifierList(log))
		if err != nil {
			http.Error(answer, "bad signature", 403)
			return
		}
		lines := strings.Split(head, "\n")
		older, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
		newer, openError := open(vkey, checkpoint)
		proof, proofError := hashesOf(lines[1:])
		if err != nil || openError != nil || proofError != nil || older > newer.N {
			http.Error(answer, "malformed", 400)
			return
		}
		if older != seen.N {
			answer.Header().Set("Content-Type", "text/x.tlog.size")
			answer.WriteHeader(409)
			fmt.Fprintf(answer, "%d\n", seen.N)
			return
		}
		if older == newer.N && older > 0 && seen.Hash != newer.Hash {
			http.Error(answer, "another tree", 409)
			return
		}
		if older > 0 && older < newer.N && tlog.CheckTree(proof, newer.N, newer.Hash, seen.N, seen.Hash) != nil {
			http.Error(answer, "does not continue", 422)
			return
		}
		seen = newer
		now := time.Now().Unix()
		signature := ed25519.Sign(private, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", now, opened.Text)))
		blob := binary.BigEndian.AppendUint64(append([]byte{}, id[:4]...), uint64(now))
		fmt.Fprintf(answer, "— %s %s\n", name, base64.StdEncoding.EncodeToString(append(blob, signature...)))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Printf("%s+%s+%s http://%s\n", name, hex.EncodeToString(id[:4]), base64.StdEncoding.EncodeToString(key), listener.Addr())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", handle)
	return http.Serve(listener, mux)
}
