// Says of each line "key message signature" in hex whether CometBFT accepts the signature.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/cometbft/cometbft/crypto/ed25519"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		parts := strings.Split(lines.Text(), " ")
		var decoded [3][]byte
		for i, part := range parts {
			bytes, err := hex.DecodeString(part)
			if err != nil {
				panic(err)
			}
			decoded[i] = bytes
		}
		fmt.Println(ed25519.PubKey(decoded[0]).VerifySignature(decoded[1], decoded[2]))
	}
}
