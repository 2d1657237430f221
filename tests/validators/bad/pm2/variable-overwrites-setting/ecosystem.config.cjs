// PM2 would call the app "other".
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
      env: { name: "other" },
    },
  ],
};
