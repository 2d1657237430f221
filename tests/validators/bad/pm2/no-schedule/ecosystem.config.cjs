// PM2 allows no step in a list.
module.exports = {
  apps: [
    {
      name: "api",
      cwd: "/srv/api/current",
      script: "/srv/api/current/dist/server.mjs",
      exec_mode: "cluster",
      instances: 2,
      kill_timeout: 20000,
      listen_timeout: 12000,
      cron_restart: "*/20 8-10,22 1,15 * *",
      env: {},
    },
  ],
};
