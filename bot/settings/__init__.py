"""Configuration: `config.yaml`, over it the environment (`DOMOVOY_SECTION__KEY`), checked before anything starts."""
