// Package models holds what is known of a model by its name alone.
package models
