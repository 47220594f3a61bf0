// Checks checkpoints, proofs and tiles with golang.org/x/mod/sumdb, and cosignatures with filippo.io/torchwood: nothing of the archive's own code.
// Exit code 0: accepted; 1: refused.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("open | record | tree | read | cosigned | cosigned-record")
	}
	switch args[0] {
	case "open": // vkey; note on standard input
		tree, err := open(args[1], stdin())
		if err != nil {
			return err
		}
		fmt.Println(tree.N, tree.Hash)
		return nil
	case "record": // vkey entry(base64); .tlog-proof on standard input
		return record(args[1], args[2], stdin())
	case "tree": // vkey size root(base64); add-checkpoint body on standard input
		return consistency(args[1], args[2], args[3], stdin())
	case "read": // vkey url token: the whole tree through tiles, and every entry
		return readAll(args[1], args[2], args[3])
	case "cosigned": // vkey, how many at least, witness keys; note on standard input
		return cosigned(args[1], args[2], args[3:], stdin())
	case "cosigned-record": // vkey entry(base64), how many at least, witness keys; .tlog-proof on standard input
		return cosignedRecord(args[1], args[2], args[3], args[4:], stdin())
	}
	return fmt.Errorf("unknown %q", args[0])
}

func stdin() string {
	all, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	return string(all)
}

func open(vkey, text string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func hashesOf(lines []string) ([]tlog.Hash, error) {
	hashes := []tlog.Hash{}
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func record(vkey, entry, text string) error {
	head, checkpoint, _ := strings.Cut(text, "\n\n")
	tree, err := open(vkey, checkpoint)
	if err != nil {
		return err
	}
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("not a tlog-proof")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return err
	}
	hashes, err := hashesOf(lines[1:])
	if err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(entry)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(data))
}

func consistency(vkey, olderSize, olderRoot, text string) error {
	size, err := strconv.ParseInt(olderSize, 10, 64)
	if err != nil {
		return err
	}
	root, err := tlog.ParseHash(olderRoot)
	if err != nil {
		return err
	}
	head, checkpoint, _ := strings.Cut(text, "\n\n")
	tree, err := open(vkey, checkpoint)
	if err != nil {
		return err
	}
	lines := strings.Split(head, "\n")
	if lines[0] != "old "+olderSize {
		return fmt.Errorf("a proof from another size")
	}
	hashes, err := hashesOf(lines[1:])
	if err != nil {
		return err
	}
	return tlog.CheckTree(hashes, tree.N, tree.Hash, size, root)
}

// tiles reads tiles over HTTP; its own addresses differ from Go's in nothing but the height, which tlog-tiles leaves out.
type tiles struct{ url, token string }

func (t tiles) get(path string) ([]byte, error) {
	request, err := http.NewRequest("GET", t.url+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	if t.token != "" {
		request.Header.Set("Authorization", "Bearer "+t.token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data := [][]byte{}
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := t.get(path)
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func readAll(vkey, url, token string) error {
	reader := tiles{url, token}
	text, err := reader.get("checkpoint")
	if err != nil {
		return err
	}
	tree, err := open(vkey, string(text))
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, reader)
	for first := int64(0); first < tree.N; first += 256 {
		width := min(256, tree.N-first)
		// Tile{L: 0}.Path is the path of hashes; entries have their own below tile/entries.
		path := strings.Replace(tlog.Tile{H: 8, L: 0, N: first / 256, W: int(width)}.Path(), "tile/8/0/", "tile/entries/", 1)
		bundle, err := reader.get(path)
		if err != nil {
			return err
		}
		indexes, records := []int64{}, []tlog.Hash{}
		for index := first; len(bundle) > 0; index++ {
			length := int(bundle[0])<<8 | int(bundle[1])
			records = append(records, tlog.RecordHash(bundle[2:2+length]))
			indexes = append(indexes, tlog.StoredHashIndex(0, index))
			bundle = bundle[2+length:]
		}
		if int64(len(records)) != width {
			return fmt.Errorf("%s has %d entries", path, len(records))
		}
		// Go checks every tile that it reads against the signed root.
		stored, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i := range stored {
			if stored[i] != records[i] {
				return fmt.Errorf("entry %d is not what the tree holds", first+int64(i))
			}
		}
	}
	for _, older := range []int64{1, tree.N / 3, tree.N - 1} {
		if older < 1 {
			continue
		}
		root, err := tlog.TreeHash(older, hashes)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, older, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, older, root); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]int64{"entries": tree.N})
}
