ALTER TABLE sessions ADD COLUMN device text;
ALTER TABLE sessions DROP COLUMN user_agent;
