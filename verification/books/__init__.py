"""The account book under load, and the lives that its tests read."""
