package store

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"omezle/models"
)

const reportsPage = 50

// ReportFilter narrows a list of reports; what is zero does not.
type ReportFilter struct {
	Status   models.ReportStatus
	Reason   models.ReportReason
	Reporter models.DeviceID
	Reported models.DeviceID
	Since    time.Time // inclusive
	Until    time.Time // exclusive
}

// CreateReport stores a report. A report of the same reporter session and client
// id is stored once: then created is false and report is filled with the stored one.
func (s *Store) CreateReport(ctx context.Context, report *models.Report) (created bool, err error) {
	if err := report.Validate(); err != nil {
		return false, wrapIf("store: create report", err)
	}
	db := s.db.WithContext(ctx)
	result := db.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "reporter_session"}, {Name: "client_id"}},
		DoNothing: true,
	}).Create(report)
	if result.Error != nil || result.RowsAffected == 1 {
		return result.Error == nil, wrapIf("store: create report", result.Error)
	}
	var stored models.Report
	err = db.Where("reporter_session = ? AND client_id = ?", report.Reporter.Session, report.ClientID).Take(&stored).Error
	if err == nil {
		*report = stored
	}
	return false, wrapIf("store: create report", err)
}

// Report returns one report, or ErrNotFound.
func (s *Store) Report(ctx context.Context, id models.ReportID) (models.Report, error) {
	var report models.Report
	err := s.db.WithContext(ctx).Where("id = ?", id).Take(&report).Error
	return report, wrapIf("store: report", err)
}

// Reports lists reports, newest first, 50 a page unless the page says otherwise.
// The cursor asks for the next page; it is zero after the last.
func (s *Store) Reports(ctx context.Context, filter ReportFilter, page Page) ([]models.Report, Cursor, error) {
	query := s.db.WithContext(ctx).Model(&models.Report{})
	if filter.Status != "" {
		query = query.Where("status = ?", filter.Status)
	}
	if filter.Reason != "" {
		query = query.Where("reason = ?", filter.Reason)
	}
	if filter.Reporter != "" {
		query = query.Where("reporter_device = ?", filter.Reporter)
	}
	if filter.Reported != "" {
		query = query.Where("reported_device = ?", filter.Reported)
	}
	if !filter.Since.IsZero() {
		query = query.Where("at >= ?", cut(filter.Since))
	}
	if !filter.Until.IsZero() {
		query = query.Where("at < ?", cut(filter.Until))
	}
	rows, next, err := pageOf(query, page, reportsPage, func(r models.Report) Cursor {
		return Cursor{At: r.At, ID: string(r.ID)}
	})
	return rows, next, wrapIf("store: reports", err)
}

// Resolve moves a report from one status to another and says who did it and what
// came of it. ErrConflict means that its status was no longer from.
func (s *Store) Resolve(ctx context.Context, id models.ReportID, from, to models.ReportStatus,
	resolution models.Resolution, by models.StaffID, at time.Time) error {
	if err := from.To(to); err != nil {
		return wrapIf("store: resolve report", err)
	}
	if err := resolution.Fits(to); err != nil {
		return wrapIf("store: resolve report", err)
	}
	change := map[string]any{"status": to, "resolution": resolution, "resolved_by": by, "resolved_at": cut(at)}
	if !to.Settled() {
		change["resolved_by"], change["resolved_at"] = models.StaffID(""), nil
	}
	return wrapIf("store: resolve report", s.swap(ctx, &models.Report{}, "id = ?", id, "status = ?", from, change))
}
