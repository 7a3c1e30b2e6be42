"""How the service is and stays: alerts, signs of life, health, numbers, verification, backups. It decides nothing."""
