import { packPlaces } from './layout.js';

const folder = packPlaces.goCheck;

/** A program of a few lines around the reference code of Go's checksum database: nothing of ours decides in it. */
const main = `// Checks the checkpoint and the proof of this pack with golang.org/x/mod/sumdb. Arguments: verifier keys, checkpoint, proof, entry (files).
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "NOT proven:", err)
		os.Exit(1)
	}
	return value
}

func read(path string) string { return string(must(os.ReadFile(path))) }

func main() {
	verifiers := []note.Verifier{}
	for _, key := range strings.Fields(read(os.Args[1])) {
		verifiers = append(verifiers, must(note.NewVerifier(key)))
	}
	opened := must(note.Open([]byte(read(os.Args[2])), note.VerifierList(verifiers...)))
	lines := strings.Split(opened.Text, "\\n")
	size := must(strconv.ParseInt(lines[1], 10, 64))
	root := must(tlog.ParseHash(lines[2]))
	head, _, _ := strings.Cut(read(os.Args[3]), "\\n\\n")
	var index int64
	proof := tlog.RecordProof{}
	for _, line := range strings.Split(head, "\\n")[1:] {
		if text, found := strings.CutPrefix(line, "index "); found {
			index = must(strconv.ParseInt(text, 10, 64))
		} else if !strings.HasPrefix(line, "extra ") {
			proof = append(proof, must(tlog.ParseHash(line)))
		}
	}
	must(0, tlog.CheckRecord(proof, size, root, index, tlog.RecordHash([]byte(read(os.Args[4])))))
	fmt.Printf("proven: entry %d of %d in %s\\n", index, size, lines[0])
}
`;

const mod = `module pack.example/check

go 1.24.0

require golang.org/x/mod v0.29.0
`;

const sum = `golang.org/x/mod v0.29.0 h1:HV8lRxZC4l2cr3Zq1LvtOsi/ThTgWnUk/y64QSs8GwA=
golang.org/x/mod v0.29.0/go.mod h1:NyhrlYXJ2H4eJiRy/WDBO6HMqZQ6q9nk4JzS3NuCK+w=
`;

export const goCheckFiles: ReadonlyMap<string, Uint8Array> = new Map([
  [`${folder}main.go`, Buffer.from(main)],
  [`${folder}go.mod`, Buffer.from(mod)],
  [`${folder}go.sum`, Buffer.from(sum)],
]);

export const goCheckCommand = `(cd ${folder} && go run . ../../keys/log.vkey ../checkpoint ../package.tlog-proof ../entry.cbor)`;
