import type { SecretRef, StatusPage, StatusPlace } from '@novacron/contracts';
import { FolderPlace } from './folder-place.js';
import type { Place } from './place.js';
import { S3Place } from './s3-place.js';
import { WebhookPlace } from './webhook-place.js';

/** The places of the estate: its `folder` is one too. @throws DrError INVALID_CONFIG for a secret that is not to be had. */
export async function openPlaces(
  page: StatusPage,
  path: (relative: string) => string,
  secret: (reference: SecretRef) => Promise<string>,
): Promise<readonly Place[]> {
  const folder = page.folder === undefined ? [] : [new FolderPlace('folder', path(page.folder))];
  return [...folder, ...(await Promise.all((page.places ?? []).map((place) => openPlace(place, path, secret))))];
}

async function openPlace(
  place: StatusPlace,
  path: (relative: string) => string,
  secret: (reference: SecretRef) => Promise<string>,
): Promise<Place> {
  const { name, kind, endpoint, region, bucket = '', prefix = '', url = '' } = place;
  if (kind === 'folder') return new FolderPlace(name, path(place.path ?? ''));
  const [key, keySecret, signing] = [place.accessKeyId, place.secretAccessKey, place.signingSecret];
  if (kind === 's3' && key !== undefined && keySecret !== undefined) {
    return new S3Place({
      name,
      bucket,
      prefix,
      region: region ?? 'us-east-1',
      ...(endpoint === undefined ? {} : { endpoint }),
      accessKeyId: await secret(key),
      secretAccessKey: await secret(keySecret),
    });
  }
  return new WebhookPlace({ name, url, secret: () => (signing === undefined ? Promise.resolve('') : secret(signing)) });
}
