-- Groups of conversations that workers lock on PostgreSQL; as many as `models.rows.lanes.LANES`.
INSERT INTO lane (id)
WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 63)
SELECT n FROM number;
