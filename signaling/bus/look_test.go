package bus

import (
	"testing"
	"time"

	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

func TestALookFindsTheNodesAndTheirClocks(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		rdb := db.Client()
		if list, err := Look(t.Context(), rdb); err != nil || len(list) != 0 {
			t.Fatalf("with nobody there: %v, %v", list, err)
		}
		const ahead = time.Hour
		late := start(t, rdb, "late", quick(), func(n *node) {
			n.Describe(func() NodeInfo { return NodeInfo{Version: "1", Clock: time.Now().Add(ahead)} })
		})
		plain := start(t, rdb, "plain", quick())
		<-late.Ready()
		<-plain.Ready()
		list, err := Look(t.Context(), rdb)
		if err != nil || len(list) != 2 || list[0].ID != "late" || list[0].Version != "1" {
			t.Fatalf("got %+v, %v", list, err)
		}
		if skew, known := list[0].Skew(); !known || skew < ahead/2 || skew > 2*ahead {
			t.Errorf("the clock that is an hour ahead is said to be %v ahead (known: %v)", skew, known)
		}
		if _, known := list[1].Skew(); known {
			t.Error("the clock of a node that does not tell it is known")
		}
		if nodes := plain.Nodes(); len(nodes) != 2 {
			t.Errorf("whoever looks is taken for a node: %v", nodes)
		}
	})
}
