package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"omezle/models"
)

// hashesVersion is the setting whose version counts the changes of the banks.
const hashesVersion = "hashes.version"

const (
	hashesBatch  = 5000 // rows of one transaction: others have to write too
	hashesInsert = 100  // rows of one statement
)

// BankSize is a bank of hashes and how many it has.
type BankSize struct {
	models.HashBank
	Hashes int
}

// HashBanks lists the banks by name.
func (s *Store) HashBanks(ctx context.Context) ([]BankSize, error) {
	var banks []BankSize
	err := s.db.WithContext(ctx).Raw(`SELECT b.name, b.note, b.by_staff, b.at,
		(SELECT COUNT(*) FROM hashes h WHERE h.bank = b.name) AS hashes FROM hash_banks b ORDER BY b.name`).Scan(&banks).Error
	return banks, wrapIf("store: hash banks", err)
}

// ImportHashes adds hashes to a bank, which is made when there is none of that name; a hash that it has gets the new
// quality and label. It says how many are new there. No more than limit hashes may be in all banks together, else nothing is added and the error wraps
// models.ErrInvalid. Other nodes hear of the import at its end, as a whole; of one that breaks off a part may be stored,
// and importing it again completes it.
func (s *Store) ImportHashes(ctx context.Context, bank models.HashBank, hashes []models.Hash, limit int) (added int, err error) {
	added, err = s.importHashes(ctx, bank, hashes, limit)
	return added, wrapIf("store: import hashes", err)
}

func (s *Store) importHashes(ctx context.Context, bank models.HashBank, hashes []models.Hash, limit int) (int, error) {
	rows, err := hashRows(&bank, hashes)
	if err != nil {
		return 0, err
	}
	db := s.db.WithContext(ctx)
	all, before, err := countHashes(db, bank.Name)
	if err != nil {
		return 0, err
	}
	if all+len(rows) > limit {
		return 0, fmt.Errorf("%w: %d hashes and %d more are over the limit of %d", models.ErrInvalid, all, len(rows), limit)
	}
	err = db.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "name"}},
		DoUpdates: clause.Set{
			assign("hash_banks", "note", "CASE WHEN excluded.%[2]s = '' THEN %[1]s.%[2]s ELSE excluded.%[2]s END"),
			assign("hash_banks", "by_staff", "excluded.%[2]s"),
			assign("hash_banks", "at", "excluded.%[2]s"),
		},
	}).Create(&bank).Error
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(rows, hashesBatch) {
		err := db.Transaction(func(tx *gorm.DB) error {
			return tx.Clauses(clause.OnConflict{
				Columns:   []clause.Column{{Name: "bank"}, {Name: "pdq"}},
				DoUpdates: clause.AssignmentColumns([]string{"quality", "label"}),
			}).CreateInBatches(part, hashesInsert).Error
		})
		if err != nil {
			return 0, err
		}
	}
	if err := raiseHashes(db, bank.By); err != nil {
		return 0, err
	}
	_, after, err := countHashes(db, bank.Name)
	return after - before, err
}

// hashRows are hashes as rows of a bank, each once, since a statement may touch a row once only: the last one counts.
func hashRows(bank *models.HashBank, hashes []models.Hash) ([]models.Hash, error) {
	if err := bank.Validate(); err != nil {
		return nil, err
	}
	rows := make([]models.Hash, 0, len(hashes))
	place := make(map[string]int, len(hashes))
	for i := range hashes {
		hash := hashes[i]
		hash.Bank, hash.At = bank.Name, bank.At
		if err := hash.Validate(); err != nil {
			return nil, err
		}
		if at, twice := place[string(hash.PDQ)]; twice {
			rows[at] = hash
			continue
		}
		place[string(hash.PDQ)] = len(rows)
		rows = append(rows, hash)
	}
	return rows, nil
}

func countHashes(db *gorm.DB, bank string) (all, there int, err error) {
	var counts struct{ All, There int }
	err = db.Raw(`SELECT COUNT(*) AS "all", COALESCE(SUM(CASE WHEN bank = ? THEN 1 ELSE 0 END), 0) AS there FROM hashes`, bank).Scan(&counts).Error
	return counts.All, counts.There, err
}

// RemoveHashBank removes a bank with its hashes, or returns ErrNotFound.
func (s *Store) RemoveHashBank(ctx context.Context, name string, by models.StaffID) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		result := tx.Where("name = ?", name).Delete(&models.HashBank{})
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected == 0 {
			return ErrNotFound
		}
		if err := tx.Where("bank = ?", name).Delete(&models.Hash{}).Error; err != nil {
			return err
		}
		return raiseHashes(tx, by)
	})
	return wrapIf("store: remove hash bank", err)
}

// raiseHashes tells other nodes that the banks have changed.
func raiseHashes(tx *gorm.DB, by models.StaffID) error {
	row := models.Setting{Key: hashesVersion, Version: 1, By: by, At: time.Now()}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "key"}},
		DoUpdates: clause.Set{
			assign("settings", "version", "%[1]s.%[2]s + 1"),
			assign("settings", "by_staff", "excluded.%[2]s"),
			assign("settings", "at", "excluded.%[2]s"),
		},
	}).Create(&row).Error
}

// HashesVersion counts the changes of the banks: 0 when there was none.
func (s *Store) HashesVersion(ctx context.Context) (int, error) {
	var version int
	err := s.db.WithContext(ctx).Model(&models.Setting{}).Where(map[string]any{"key": hashesVersion}).
		Select("COALESCE(MAX(version), 0)").Scan(&version).Error
	return version, wrapIf("store: hashes version", err)
}

// Hashes lists the hashes of a bank, or of all when it is empty, from the one after on, which is all for the zero Hash,
// at most limit.
func (s *Store) Hashes(ctx context.Context, bank string, after models.Hash, limit int) ([]models.Hash, error) {
	hashes, err := s.hashes(ctx, bank, after, limit)
	return hashes, wrapIf("store: hashes", err)
}

// hashes asks for the rest of a bank and for what follows apart: SQLite begins in the index where a page ended only for
// the first form, and looks through all before it for both in one.
func (s *Store) hashes(ctx context.Context, bank string, after models.Hash, limit int) (hashes []models.Hash, err error) {
	query := s.db.WithContext(ctx).Order("bank, pdq").Limit(limit)
	switch {
	case after.Bank != "":
		err = query.Where("bank = ? AND pdq > ?", after.Bank, after.PDQ).Find(&hashes).Error
	case bank != "":
		err = query.Where("bank = ?", bank).Find(&hashes).Error
	default:
		err = query.Find(&hashes).Error
	}
	if err != nil || bank != "" || after.Bank == "" || len(hashes) == limit {
		return hashes, err
	}
	var more []models.Hash
	err = s.db.WithContext(ctx).Where("bank > ?", after.Bank).Order("bank, pdq").Limit(limit - len(hashes)).Find(&more).Error
	return append(hashes, more...), err
}
