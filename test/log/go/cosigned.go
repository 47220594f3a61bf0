package main

import (
	"encoding/base64"
	"fmt"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigned checks a checkpoint's signatures, the log's and its witnesses' (C2SP tlog-cosignature), with torchwood. It prints who signed.
func cosigned(vkey, least string, witnesses []string, checkpoint string) error {
	policy, err := policyOf(vkey, least, witnesses)
	if err != nil {
		return err
	}
	_, opened, err := torchwood.VerifyCheckpoint([]byte(checkpoint), policy)
	if err != nil {
		return err
	}
	for _, signature := range opened.Sigs {
		time := int64(0)
		if signature.Name != opened.Text[:strings.Index(opened.Text, "\n")] {
			if time, err = torchwood.CosignatureTimestamp(signature); err != nil {
				return err
			}
		}
		fmt.Println(signature.Name, time)
	}
	return nil
}

// cosignedRecord checks a whole .tlog-proof with torchwood: signatures as above, and that the entry is in the tree.
func cosignedRecord(vkey, entry, least string, witnesses []string, proof string) error {
	policy, err := policyOf(vkey, least, witnesses)
	if err != nil {
		return err
	}
	record, err := base64.StdEncoding.DecodeString(entry)
	if err != nil {
		return err
	}
	return torchwood.VerifyProof(policy, tlog.RecordHash(record), []byte(proof))
}

// policyOf wants the log's signature and those of at least so many of the witnesses.
func policyOf(vkey, least string, witnesses []string) (torchwood.Policy, error) {
	lines, names := []string{"log " + vkey}, []string{}
	for i, key := range witnesses {
		names = append(names, fmt.Sprintf("w%d", i))
		lines = append(lines, fmt.Sprintf("witness w%d %s", i, key))
	}
	lines = append(lines, "group g "+least+" "+strings.Join(names, " "), "quorum g")
	return torchwood.ParsePolicy([]byte(strings.Join(lines, "\n")))
}
